import type {ConditionSection} from './contract.js'

/** Attributes of the user, from the resolver or set by an administrator. */
export const userInfo: ConditionSection = {
  name: 'userinfo',
  since: [3, 0],
  async lookup(key, {userInfo: resolve}) {
    if (!resolve) return {missing: 'object'}
    const attributes = await resolve()
    return Object.hasOwn(attributes, key) ? {value: attributes[key]!} : {missing: 'key'}
  },
  messages: {
    noObject: (policy) => `Policy ${policy} has condition on userinfo, but an according object is not available`,
    noKey: (policy) => `Unknown key in the userinfo conditions of policy ${policy}`,
    badComparison: (policy) => `Invalid comparison in the userinfo conditions of policy ${policy}`,
  },
}
