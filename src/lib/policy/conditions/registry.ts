import type {ConditionSection} from './contract.js'
import {container, containerInfo, requestData} from './later.js'
import {requestEnvironment} from './request-environment.js'
import {requestHeader} from './request-header.js'
import {token} from './token.js'
import {tokenInfo} from './token-info.js'
import {userInfo} from './user-info.js'

/** All sections by the text that stands in the database. */
export const conditionSections: ReadonlyMap<string, ConditionSection> = new Map(
  [userInfo, tokenInfo, token, requestHeader, requestEnvironment, container, containerInfo, requestData].map(
    (section) => [section.name, section],
  ),
)
