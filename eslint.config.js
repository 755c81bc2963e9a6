import js from '@eslint/js'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  {ignores: ['dist', 'node_modules', 'test/fixtures', 'coverage']},
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_', varsIgnorePattern: '^_'}],
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
    },
  },
  {files: ['src/**/*.ts'], rules: {'no-restricted-globals': ['error', {name: 'alert'}]}},
  {
    files: ['src/lib/**/*.ts', 'src/importers/**/*.ts', 'src/hsm/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {object: 'process', property: 'argv', message: 'The library takes its input as arguments.'},
        {object: 'process', property: 'env', message: 'The library takes its input as arguments.'},
        {object: 'process', property: 'exit', message: 'The library throws a PiError; the front end decides.'},
        {object: 'process', property: 'stdout', message: 'The library never prints.'},
        {object: 'process', property: 'stderr', message: 'The library never prints.'},
      ],
    },
  },
  {
    files: ['scripts/**', 'bench/**', 'bin/**', 'test/**'],
    rules: {'no-console': 'off'},
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
      },
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {'@typescript-eslint/no-unused-expressions': 'off', '@typescript-eslint/no-non-null-assertion': 'off'},
  },
)
