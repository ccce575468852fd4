// The load, in a process of its own.
import { answering } from '../answering.mjs'
import { drive } from './drive.mjs'
import { fanOut } from './fan-out.mjs'
import { hold, release } from './idle-watchers.mjs'
import { once } from './once.mjs'

answering({ drive, fanOut, hold, release, once })
