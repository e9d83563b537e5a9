/**
 * Lint: what the compiler does not see and a reader should not have to look for. Layout is nobody's business here.
 *
 * Left out on purpose: `require-await` (a port is asynchronous even where one implementation has nothing to wait for) and
 * `no-non-null-assertion` (parsers assert what they have just checked; `noUncheckedIndexedAccess` asks everywhere else).
 */

import tseslint from 'typescript-eslint';

const allFiles = ['src/**/*.ts', 'migrations/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'test/fixtures/upstream/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: allFiles,
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/no-unnecessary-condition': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-expressions': 'error',
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/no-base-to-string': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      eqeqeq: ['error', 'always'],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Named exports: a file is found by the name of what it exports.' }],
      'no-constant-binary-expression': 'error',
      'no-fallthrough': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    // oclif finds a command, vitest a global set-up by the default export of its file.
    files: ['src/commands/**/*.ts', 'test/support/global-*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Matchers and parsed output are `any`; a wrong guess about them fails the test that made it.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // Runs in browsers, as a plain script.
    files: ['src/portal/assets/*.js'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'script' },
    rules: { eqeqeq: ['error', 'always'], 'no-var': 'error', 'object-shorthand': 'error', 'prefer-const': 'error', 'no-unused-vars': 'error' },
  },
  {
    files: ['scripts/**/*.mjs', 'test/fixtures/**/*.mjs', 'bin/*.js'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module' },
    rules: { eqeqeq: ['error', 'always'], 'no-var': 'error', 'object-shorthand': 'error', 'prefer-const': 'error', 'no-unused-vars': 'error' },
  },
);
