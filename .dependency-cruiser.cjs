/** Who may import whom; docs/architecture.md draws it. */
const from = (path, pathNot) => ({path, ...(pathNot && {pathNot})})
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: {circular: true, viaOnly: {dependencyTypesNot: ['type-only']}},
    },
    {
      name: 'lib-is-the-bottom',
      severity: 'error',
      from: from('^src/lib/'),
      to: {path: '^src/(commands|cli|server|hsm|importers|app)'},
    },
    {
      name: 'importers-use-lib-only',
      severity: 'error',
      from: from('^src/importers/'),
      to: {path: '^src/(commands|cli|server|hsm|app)'},
    },
    {
      name: 'hsm-uses-lib-only',
      severity: 'error',
      from: from('^src/hsm/'),
      to: {path: '^src/(commands|cli|server|importers|app)'},
    },
    {
      name: 'app-is-below-the-front-ends',
      severity: 'error',
      from: from('^src/app'),
      to: {path: '^src/(commands|cli|server)'},
    },
    {name: 'server-is-no-cli', severity: 'error', from: from('^src/server/'), to: {path: '^src/(commands|cli)'}},
    {name: 'cli-imports-no-command', severity: 'error', from: from('^src/cli/'), to: {path: '^src/commands/'}},
    {
      name: 'kinds-know-no-service',
      severity: 'error',
      from: from('^src/lib/(tokens|events|resolvers)/kinds/'),
      to: {path: '^src/lib/(services|store|db)/'},
    },
    {
      name: 'types-import-nothing',
      severity: 'error',
      from: from('^src/lib/types/'),
      to: {path: '^src/', pathNot: '^src/lib/types/'},
    },
    {
      name: 'no-dev-dependency',
      severity: 'error',
      from: from('^src/'),
      to: {dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown']},
    },
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
  },
}
