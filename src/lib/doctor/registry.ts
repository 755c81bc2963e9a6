import type {DoctorCheck} from './contract.js'
import {auditChecks} from './kinds/audit.js'
import {certificateChecks} from './kinds/certificates.js'
import {configChecks} from './kinds/config.js'
import {databaseChecks} from './kinds/database.js'
import {eventChecks} from './kinds/events.js'
import {fileChecks} from './kinds/files.js'
import {keyChecks} from './kinds/keys.js'
import {policyChecks} from './kinds/policies.js'
import {rowChecks} from './kinds/rows.js'
import {schemaChecks} from './kinds/schema.js'
import {serverChecks} from './kinds/servers.js'
import {taskChecks} from './kinds/tasks.js'
import {tokenChecks} from './kinds/tokens.js'
import {userChecks} from './kinds/users.js'

/** All checks, in the order of the report. To add a family, write its file and add a line. */
export const doctorChecks: readonly DoctorCheck[] = [
  ...configChecks,
  ...fileChecks,
  ...keyChecks,
  ...databaseChecks,
  ...schemaChecks,
  ...userChecks,
  ...rowChecks,
  ...tokenChecks,
  ...policyChecks,
  ...eventChecks,
  ...taskChecks,
  ...serverChecks,
  ...auditChecks,
  ...certificateChecks,
]
