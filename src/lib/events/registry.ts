import type {EventHandlerKind} from './contract.js'
import {container} from './kinds/container.js'
import {counter} from './kinds/counter.js'
import {customUserAttributes} from './kinds/custom-user-attributes.js'
import {federation} from './kinds/federation.js'
import {logging} from './kinds/logging.js'
import {requestMangler} from './kinds/request-mangler.js'
import {responseMangler} from './kinds/response-mangler.js'
import {script} from './kinds/script.js'
import {token} from './kinds/token.js'
import {userNotification} from './kinds/user-notification.js'
import {webHook} from './kinds/web-hook.js'

/** Every handler module of any release, by its identifier. */
export const eventHandlers: ReadonlyMap<string, EventHandlerKind> = new Map(
  [
    userNotification,
    token,
    script,
    federation,
    counter,
    requestMangler,
    responseMangler,
    logging,
    customUserAttributes,
    webHook,
    container,
  ].map((kind) => [kind.name, kind]),
)
