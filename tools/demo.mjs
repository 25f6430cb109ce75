/**
 * The demo: `npm run demo` starts two pods with sidecars, an sshd that leads to them, and a real VS Code with the
 * extension installed; Ctrl-C takes all of it down. `--headless` lets Chromium do the main job once instead, with
 * pictures. `--port N` gives VS Code a port of your choice.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { register } from 'tsx/esm/api';

const { values } = parseArgs({
  options: { headless: { type: 'boolean', default: false }, port: { type: 'string' } },
});

if (process.getuid?.() === 0) {
  register();
  const { openDemo, runHeadless } = await import('../test/vscode/demo');
  if (values.headless) process.exitCode = await runHeadless();
  else await openDemo(values.port === undefined ? {} : { port: Number(values.port) });
} else {
  console.log('The demo makes network namespaces and loads BPF programs: it runs through sudo.');
  const argv = ['-E', 'env', `PATH=${process.env['PATH'] ?? ''}`, process.execPath, ...process.argv.slice(1)];
  const child = spawn('sudo', argv, { stdio: 'inherit' });
  // Ctrl-C reaches the child as well, and it has something to take down.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
  child.on('error', (error) => {
    console.error(`sudo: ${error.message}. Run the demo as root.`);
    process.exitCode = 1;
  });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
