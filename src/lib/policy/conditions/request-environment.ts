import type {ConditionSection} from './contract.js'

/** The request as CGI variables; names are case-sensitive, an empty value counts as missing. */
export const requestEnvironment: ConditionSection = {
  name: 'HTTP Environment',
  since: [3, 8],
  async lookup(key, {environment}) {
    if (!environment) return {missing: 'object'}
    const value = environment[key]
    return value ? {value} : {missing: 'key'}
  },
  messages: {
    noObject: (policy, key) =>
      `Policy ${policy} has conditions on environment ${key}, but HTTP environment is not available`,
    noKey: (policy, key) => `Unknown HTTP environment key referenced in condition of policy ${policy}: ${key}`,
    badComparison: (policy) => `Invalid comparison in the HTTP environment conditions of policy ${policy}`,
  },
}
