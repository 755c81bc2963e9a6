import type {ConditionSection} from './contract.js'

/** Details of the token, as text. */
export const tokenInfo: ConditionSection = {
  name: 'tokeninfo',
  since: [3, 6],
  async lookup(key, {token}) {
    if (!token) return {missing: 'object'}
    return Object.hasOwn(token.info, key) ? {value: token.info[key]!} : {missing: 'key'}
  },
  messages: {
    noObject: (policy) => `Policy ${policy} has condition on tokeninfo, but an according object is not available`,
    noKey: (policy) => `Unknown key in the tokeninfo conditions of policy ${policy}`,
    badComparison: (policy) => `Invalid comparison in the tokeninfo conditions of policy ${policy}`,
  },
}
