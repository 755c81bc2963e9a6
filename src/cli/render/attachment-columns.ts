import type {ListedMachineToken} from '../../lib/services/machines.js'
import type {Column} from './table.js'

/** How a token that is attached to a computer is listed. */
export const attachmentColumns: readonly Column<ListedMachineToken>[] = [
  {header: 'id', get: ({id}) => id, align: 'right'},
  {header: 'serial', get: ({serial}) => serial},
  {header: 'application', get: ({application}) => application},
  {header: 'machineId', get: ({machineId}) => machineId ?? 'any machine'},
  {header: 'resolver', get: ({resolver}) => resolver ?? ''},
  {header: 'hostnames', get: ({hostnames}) => (hostnames ?? []).join(' ')},
  {
    header: 'options',
    get: ({options}) =>
      Object.entries(options)
        .map(([key, value]) => `${key}=${value}`)
        .join(', '),
  },
]
