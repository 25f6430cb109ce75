import type { FrameLocator, Page } from 'playwright-core';

/** The webview that is in front: a frame in a frame in VS Code's page. */
export const webviewIn = (page: Page): FrameLocator =>
  page.frameLocator('iframe.webview.ready:visible').frameLocator('#active-frame');
