import globals from 'globals';
import tseslint from 'typescript-eslint';

/** A folder of the layer picture in docs/architecture.md, and what it must not import. */
const layer = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

const nothingButCore = {
  regex: '^(vscode|ssh2|execa|node:.*|fs|path|os|net|child_process)$',
  message: 'core/ is pure: no vscode, no transport, no file system.',
};
const noVscode = { regex: '^vscode$', message: 'Only ui/ and extension.ts import vscode.' };
const upward = (names) => ({
  regex: `^(\\.\\./)+(src/)?(${names})(/|$)`,
  message: 'Imports point one way: ui -> redirect/nodes -> core; webview -> protocol -> core types.',
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.cache/', 'test-results/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      globals: globals.node,
      parserOptions: {
        project: ['./tsconfig.json', './webview/tsconfig.json', './test/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/prefer-nullish-coalescing': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportDeclaration[source.value="zod"] > ImportSpecifier[imported.name="z"]',
          message: "import * as z from 'zod': the bundle then takes only what is used (350 KB less).",
        },
      ],
    },
  },
  layer(['src/core/**'], [nothingButCore, upward('nodes|ui|protocol')]),
  layer(['src/nodes/**'], [noVscode, upward('ui|protocol')]),
  layer(['src/redirect/**'], [noVscode, upward('ui|protocol')]),
  layer(['src/protocol/**'], [noVscode, nothingButCore, upward('ui|nodes')]),
  layer(['webview/**'], [noVscode, nothingButCore, upward('ui|nodes')]),
  {
    files: ['test/**'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    files: ['tools/**', 'playground/**', 'esbuild.mjs'],
    rules: { 'no-console': 'off' },
  },
  { files: ['eslint.config.js'], extends: [tseslint.configs.disableTypeChecked] },
);
