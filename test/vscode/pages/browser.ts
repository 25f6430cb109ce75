import { chromium, type Browser } from 'playwright-core';

/** Debian's Chromium, as root, without a GPU, and without anything that calls home. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    // An interrupt is ours to handle: Playwright would end the process before the rest has been taken down.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
