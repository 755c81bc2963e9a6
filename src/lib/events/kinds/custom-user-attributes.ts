import type {EventHandlerKind, EventOption} from '../contract.js'
import {anyText, choice, someText} from '../values/simple.js'

const user: EventOption = {
  description: 'whose attribute; default tokenowner',
  name: 'user',
  value: choice('tokenowner', 'logged_in_user'),
}

/** Own attributes of users (spec/09 §8.8). */
export const customUserAttributes: EventHandlerKind = {
  name: 'CustomUserAttributes',
  description: 'sets own attributes of users',
  positions: ['pre', 'post'],
  actions: [
    {
      description: 'sets an attribute',
      name: 'set_custom_user_attributes',
      options: [
        user,
        {description: 'name', name: 'attrkey', required: true, value: someText},
        {description: 'value, taken literally', name: 'attrvalue', required: true, value: anyText},
      ],
    },
    {
      description: 'removes an attribute; without a key all of them',
      name: 'delete_custom_user_attributes',
      options: [user, {description: 'name', name: 'attrkey', value: anyText}],
    },
  ],
}
