import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { ProgramMeasure, SourceFile } from '../../src/protocol/inspector';
import { icon } from '../icon';

/** Where a program begins, and, unfolded, the lines that it was made of. `files` is null until they are here; `read` asks for them. */
export function sourceView(
  { function: name, file, line }: NonNullable<ProgramMeasure['source']>,
  files: SourceFile[] | null,
  read: () => void,
): TemplateResult {
  return html`<details
    class="source"
    @toggle=${(event: Event) => {
      if ((event.currentTarget as HTMLDetailsElement).open) read();
    }}
  >
    <summary>${icon('chevron-right', 'twistie')} <code>${name}</code> at ${file}:${line}</summary>
    ${files === null ? html`<p role="status">Reading its source…</p>` : guard([files], () => files.map(fileView))}
  </details>`;
}

function fileView({ file, lines }: SourceFile): TemplateResult {
  return html`<section aria-label=${file}>
    <h3>${file}</h3>
    <ol>
      ${lines.map(
        ({ line, text, function: name }) =>
          html`${name === null ? nothing : html`<li class="function">in <code>${name}</code></li>`}
            <li><span class="number">${line}</span><code>${text}</code></li>`,
      )}
    </ol>
  </section>`;
}
