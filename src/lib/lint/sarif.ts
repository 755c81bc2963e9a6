import type {Severity} from '../types/severity.js'

const levels = {error: 'error', info: 'note', warning: 'warning'} as const

/** What a linter found, in the terms of a report. */
export interface Report {
  /** Name of the command, e.g. `pi-manage policy lint`. */
  tool: string
  rules: readonly {id: string; severity: Severity; title: string}[]
  /** `objects` are names with their type in front, e.g. `policy/helpdesk`. */
  results: readonly {rule: string; severity: Severity; message: string; objects: readonly string[]}[]
}

/** Findings as SARIF 2.1.0, which code review tools show. */
export function sarifOf({results, rules, tool}: Report, toolVersion: string): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: tool,
            version: toolVersion,
            rules: rules.map(({id, severity, title}) => ({
              id,
              shortDescription: {text: title},
              defaultConfiguration: {level: levels[severity]},
            })),
          },
        },
        results: results.map(({message, objects, rule, severity}) => ({
          ruleId: rule,
          level: levels[severity],
          message: {text: message},
          locations: objects.map((fullyQualifiedName) => ({
            logicalLocations: [
              {
                fullyQualifiedName,
                kind: 'resource',
                name: fullyQualifiedName.slice(fullyQualifiedName.indexOf('/') + 1),
              },
            ],
          })),
        })),
      },
    ],
  }
}
