import type {App} from '../../app.js'
import type {Condition} from '../../lib/services/janitor/condition.js'
import {selectTokens} from '../../lib/services/janitor/select.js'
import {RowStream, type RowFormat} from '../render/row-stream.js'

interface Row {
  serial: string
  /** Absent: the token is in none. */
  container?: string
  type?: string
  description?: string
}

/** Lists in which container each of the tokens is that meet a condition. */
export async function listContainersOf(
  app: App,
  condition: Condition,
  {format, fancy, write}: {format: RowFormat; fancy: boolean; write: (text: string) => void},
): Promise<void> {
  const stream = new RowStream<Row>({
    format,
    columns: [
      {header: 'serial', get: ({serial}) => serial},
      {header: 'container', get: ({container}) => container},
      {header: 'type', get: ({type}) => type},
      {header: 'description', get: ({description}) => description},
    ],
    key: 'tokens',
    toJson: (row) => row,
    fancy,
    write,
  })
  for await (const page of selectTokens(await app.selection(), condition, {parts: ['container']})) {
    stream.push(
      page.map(({token, container}) => ({
        serial: token.serial,
        ...(container && {
          container: String(container['serial']),
          type: String(container['type']),
          description: String(container['description'] ?? ''),
        }),
      })),
    )
  }
  stream.end()
}
