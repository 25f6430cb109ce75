/**
 * Must be imported before the toolkit: while it loads, it adds one style element to the page, and gives it the nonce
 * that `meta[property=csp-nonce]` names. The page's script carries the same nonce, so no one else has to write it.
 */
const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce;
if (nonce && !document.querySelector('meta[property="csp-nonce"]')) {
  const meta = document.createElement('meta');
  meta.setAttribute('property', 'csp-nonce');
  meta.setAttribute('content', nonce);
  document.head.append(meta);
}

export {};
