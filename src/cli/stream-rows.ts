import type {Command} from '@oclif/core'
import {AppCommand} from './app-command.js'
import {RowStream, type RowFormat} from './render/row-stream.js'
import type {Column} from './render/table.js'

/** Commands that write a list page by page, so that one of millions needs no memory. */
export abstract class StreamCommand<T extends typeof Command> extends AppCommand<T> {
  /** @param key of the list in the `--json` document @returns how many rows there were */
  protected async streamRows<R>(
    pages: AsyncIterable<readonly R[]>,
    key: string,
    columns: readonly Column<R>[],
  ): Promise<number> {
    const format = (this.flags as {'output-format'?: RowFormat})['output-format'] ?? 'table'
    const stream = new RowStream<R>({
      format: this.jsonEnabled() ? 'json' : format,
      columns,
      key,
      toJson: (row) => row,
      fancy: process.stdout.isTTY,
      write: (text) => process.stdout.write(text),
    })
    for await (const page of pages) stream.push(page)
    stream.end()
    return stream.count
  }
}
