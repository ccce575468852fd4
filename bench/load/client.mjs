// The load, in a process of its own.
import { answering } from '../answering.mjs'
import { drive } from './drive.mjs'
import { fanOut } from './fan-out.mjs'

answering({ drive, fanOut })
