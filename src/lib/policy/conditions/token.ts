import type {ConditionSection} from './contract.js'

/** Columns of the token, in their native types. */
export const token: ConditionSection = {
  name: 'token',
  since: [3, 6],
  async lookup(key, context) {
    if (!context.token) return {missing: 'object'}
    return Object.hasOwn(context.token.columns, key) ? {value: context.token.columns[key]!} : {missing: 'key'}
  },
  messages: {
    noObject: (policy) => `Policy ${policy} has conditions on tokens, but a token object is not available`,
    noKey: (policy) => `Unknown key in the token conditions of policy ${policy}`,
    badComparison: (policy) => `Invalid comparison in the 'token' conditions of policy ${policy}`,
  },
}
