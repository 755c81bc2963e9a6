import {z} from 'zod'
import {configKinds} from './registry.js'

/** A JSON Schema for the file of each kind of object, from the schema that validates it. */
export function configSchemas(): Map<string, object> {
  return new Map(
    configKinds.map(({document, kind}) => {
      const schema = z.toJSONSchema(document, {io: 'input'}) as {properties?: object; required?: string[]}
      return [
        kind,
        {
          ...schema,
          title: kind,
          properties: {name: {type: 'string'}, ...schema.properties},
          required: ['name', ...(schema.required ?? [])],
        },
      ]
    }),
  )
}
