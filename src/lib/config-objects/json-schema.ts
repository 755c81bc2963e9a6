import {z} from 'zod'
import {eventVocabulary} from '../events/describe.js'
import {policyScopes} from '../policy/actions/registry.js'
import {configKinds} from './registry.js'

interface ObjectSchema {
  properties?: Record<string, object>
  required?: string[]
}

/**
 * A JSON Schema for the file of each kind of object, from the schema that validates it; policies and events also know
 * the actions, options and conditions that their lint rules know, of any release.
 */
export function configSchemas(): Map<string, object> {
  return new Map(
    configKinds.map(({document, kind}) => {
      const schema = z.toJSONSchema(document, {io: 'input'}) as ObjectSchema
      const properties = {name: {type: 'string'}, ...schema.properties}
      return [
        kind,
        {
          ...schema,
          title: kind,
          properties: {...properties, ...(kind === 'event' && eventProperties(schema))},
          required: ['name', ...(schema.required ?? [])],
          ...(kind === 'event' && {allOf: eventRules()}),
          ...(kind === 'policy' && {allOf: policyRules()}),
        },
      ]
    }),
  )
}

function eventProperties({properties = {}}: ObjectSchema): Record<string, object> {
  const {conditions, events, handlers} = eventVocabulary(undefined)
  return {
    conditions: {
      ...properties['conditions'],
      properties: Object.fromEntries(conditions.map((condition) => [condition.name, valueSchema(condition)])),
    },
    events: {...properties['events'], items: {type: 'string', anyOf: [{enum: events}, {}]}},
    handler: {...properties['handler'], anyOf: [{enum: handlers.map(({name}) => name)}, {}]},
  }
}

/** For each module its actions, for each action its options. */
function eventRules(): object[] {
  return eventVocabulary(undefined).handlers.flatMap(({actions, name: handler}) => [
    {
      if: {properties: {handler: {const: handler}}, required: ['handler']},
      then: {properties: {action: {anyOf: [{enum: actions.map(({name}) => name)}, {}]}}},
    },
    ...actions.map(({name: action, options}) => ({
      if: {
        properties: {action: {const: action}, handler: {const: handler}},
        required: ['handler', 'action'],
      },
      then: {
        properties: {
          options: {
            properties: Object.fromEntries(options.map((option) => [option.name, valueSchema(option)])),
            required: options.filter(({required}) => required).map(({name}) => name),
          },
        },
      },
    })),
  ])
}

/** For each scope its actions. */
function policyRules(): object[] {
  return Object.entries(policyScopes).map(([scope, {actions}]) => ({
    if: {properties: {scope: {const: scope}}, required: ['scope']},
    then: {
      properties: {
        actions: {
          properties: Object.fromEntries(
            [...actions.values()].map(({name, type, values}) => [
              name,
              type === 'bool'
                ? {const: true}
                : {anyOf: [...(values ? [{enum: [...values]}] : []), {type: 'string'}, {const: true}]},
            ]),
          ),
        },
      },
    },
  }))
}

/** Choices are offered, and other texts left to the lint rules. */
function valueSchema({
  choices,
  description,
  form,
}: {
  choices?: readonly string[]
  description: string
  form: string
}): object {
  return {
    type: 'string',
    description: `${description}; ${form}`,
    ...(choices && {anyOf: [{enum: [...choices]}, {}]}),
  }
}
