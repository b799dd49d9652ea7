import { editedInto } from './edited-into.ts';
import { faultsOn } from './fault.ts';

// What the rules of the definition forbid reaches us only from an API server that does not know such rules, as those before 1.25 do not.
const fault = faultsOn();

editedInto(fault, {
  what: 'encryption without a key',
  name: 'keyless',
  edit: { options: { encryption: { enabled: true } } },
});
