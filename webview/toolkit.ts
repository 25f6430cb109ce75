/**
 * The only module that knows @vscode/webview-ui-toolkit: it registers the elements that the views use, and hides
 * the toolkit's habits behind the functions below. Replacing the toolkit is this file's work.
 *
 * Its badge is not among them: the badge's template has a `style` attribute, which the content security policy refuses.
 */
import './csp-nonce';
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodePanels,
  vsCodeProgressRing,
  vsCodeRadio,
  vsCodeRadioGroup,
  vsCodeTextField,
  type Checkbox,
  type Panels,
  type RadioGroup,
  type TextField,
} from '@vscode/webview-ui-toolkit';

/** Registers the elements. Call it once, before the first of them is made. */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodePanelTab(),
    vsCodePanelView(),
    vsCodePanels(),
    vsCodeProgressRing(),
    vsCodeRadio(),
    vsCodeRadioGroup(),
    vsCodeTextField(),
  );
}

/**
 * Names an element for assistive technology. The toolkit overwrites `aria-label` when an element is connected, so
 * that a template cannot say it: call this from `updated`.
 */
export function setAccessibleName(element: Element | null, name: string): void {
  if (element && element.getAttribute('aria-label') !== name) element.setAttribute('aria-label', name);
}

/** The id of the tab that is selected in `vscode-panels`. */
export function selectedTab(panels: EventTarget | null): string {
  return (panels as Panels).activeid;
}

/** What is written in a `vscode-text-field`. */
export function fieldText(field: EventTarget | null): string {
  return (field as TextField).value;
}

/** Whether a `vscode-checkbox` is checked. */
export function isChecked(box: EventTarget | null): boolean {
  return (box as Checkbox).checked;
}

/** The value of the radio that is chosen in a `vscode-radio-group`. */
export function chosenRadio(group: EventTarget | null): string {
  return (group as RadioGroup).value;
}
