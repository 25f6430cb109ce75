import type { FromInspector, ToInspector } from '../src/protocol/inspector';

interface WebviewApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): WebviewApi;

/** The extension host, as the webview sees it. */
export interface Host<From = FromInspector, To = ToInspector> {
  post(message: From): void;
  onMessage(listener: (message: To) => void): void;
  /** What `setState` kept when this panel was last shown; `undefined` at first. Of any shape: check it. */
  getState(): unknown;
  setState(state: unknown): void;
}

/** Connects to the extension host. VS Code allows it once a page. */
export function connectHost<From = FromInspector, To = ToInspector>(): Host<From, To> {
  const api = acquireVsCodeApi();
  return {
    post: (message) => {
      api.postMessage(message);
    },
    onMessage: (listener) => {
      window.addEventListener('message', (event: MessageEvent<To>) => {
        listener(event.data);
      });
    },
    getState: () => api.getState(),
    setState: (state) => {
      api.setState(state);
    },
  };
}
