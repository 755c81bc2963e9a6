import type {ConditionContext, ConditionSection, ConditionValue} from './contract.js'

type Values = Readonly<Record<string, ConditionValue>>

/** Sections that came with 3.12 share one wording and differ only in where they look. */
function section(
  name: string,
  object: string,
  values: (context: ConditionContext) => Values | undefined,
): ConditionSection {
  return {
    name,
    since: [3, 12],
    async lookup(key, context) {
      const found = values(context)
      if (!found) return {missing: 'object'}
      return Object.hasOwn(found, key) ? {value: found[key]!} : {missing: 'key'}
    },
    messages: {
      noObject: (policy, key) =>
        `Policy ${policy} has a condition on the section '${name}' with key ${key}, but a ${object} is unavailable!`,
      noKey: (policy, key) => `Unknown ${name} key ${key} referenced in condition of policy ${policy}!`,
      badComparison: (policy) => `Invalid comparison in the ${name} conditions of policy ${policy}`,
    },
  }
}

/** Attributes of the token container. */
export const container = section('container', 'container', (context) => context.container?.columns)

/** Details of the token container. */
export const containerInfo = section('container_info', 'container', (context) => context.container?.info)

/** Parameters of the request, never a password. */
export const requestData = section('Request Data', 'request data', ({requestData: data}) => {
  if (!data) return undefined
  const {pass: _pass, password: _password, ...rest} = data
  return rest
})
