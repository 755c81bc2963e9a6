import type {ConditionSection} from './contract.js'

/** A header of the request, named in any case; an empty one counts as missing. */
export const requestHeader: ConditionSection = {
  name: 'HTTP Request header',
  since: [3, 5],
  async lookup(key, {headers}) {
    if (!headers) return {missing: 'object'}
    const value = headers[key.toLowerCase()]
    return value ? {value} : {missing: 'key'}
  },
  messages: {
    noObject: (policy, key) => `Policy ${policy} has conditions on headers ${key}, but HTTP header is not available`,
    noKey: (policy, key) => `Unknown HTTP header key referenced in condition of policy ${policy}: ${key}`,
    badComparison: (policy) => `Invalid comparison in the HTTP header conditions of policy ${policy}`,
  },
}
