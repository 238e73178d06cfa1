/**
 * Directives in place of those that a file does not give, from the folders that a unit's
 * `StateDirectory=` and `RuntimeDirectory=` make: several are parted by colons, the first is ours.
 */
export function foldersOfSystemd(): Record<string, string> {
  const [state = '', runtime = ''] = [firstOf('STATE_DIRECTORY'), firstOf('RUNTIME_DIRECTORY')];
  return {
    ...(state === '' ? {} : { state_folder: state }),
    ...(runtime === '' ? {} : { control_socket: `${runtime}/control.sock` }),
  };
}

function firstOf(variable: string): string | undefined {
  return process.env[variable]?.split(':')[0];
}
