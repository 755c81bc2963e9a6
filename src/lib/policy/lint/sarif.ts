import type {Finding} from './contract.js'
import {lintRules} from './lint.js'

const levels = {error: 'error', info: 'note', warning: 'warning'} as const

/** Findings as SARIF 2.1.0, which code review tools show. */
export function sarifOf(findings: readonly Finding[], toolVersion: string): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'pi-manage policy lint',
            version: toolVersion,
            rules: lintRules.map(({id, severity, title}) => ({
              id,
              shortDescription: {text: title},
              defaultConfiguration: {level: levels[severity]},
            })),
          },
        },
        results: findings.map(({message, other, policy, rule, severity}) => ({
          ruleId: rule,
          level: levels[severity],
          message: {text: message},
          locations: [policy, ...(other === undefined ? [] : [other])].map((name) => ({
            logicalLocations: [{fullyQualifiedName: `policy/${name}`, kind: 'resource', name}],
          })),
        })),
      },
    ],
  }
}
