import { Folder } from './cli.ts';
import { OFFICE_DOORS, officeCapture } from './office.ts';

/** A folder with the office's door file and its capture, by their paths. */
export class OfficeFolder extends Folder {
  readonly doors = this.write('knockd.conf', OFFICE_DOORS);
  readonly capture = this.write('office.pcap', officeCapture());
}
