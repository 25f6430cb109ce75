// Gets this machine ready: `node tools/setup.mjs <need> ...`, with needs from tools/setup/needs.mjs.
// It runs before anything else in a fresh clone, so it uses nothing but Node, and says nothing when all is there.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22)) {
  console.error(`This project needs Node 20.19 or later, or 22.12 or later; this is ${process.version}.`);
  console.error('Get one from https://nodejs.org/en/download or with a version manager such as nvm or fnm.');
  process.exit(1);
}

// Only now: what they use is unknown to older ones.
const { setUp } = await import('./setup/set-up.mjs');
try {
  await setUp(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
