/** The C library's words for what commonly keeps a file from being read. */
const TEXTS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  EROFS: 'Read-only file system',
  ETXTBSY: 'Text file busy',
  EIO: 'Input/output error',
  EMFILE: 'Too many open files',
};

/** What strerror(3) says about a failed system call, as 0.8 prints it. */
export function systemText({ code, message }: NodeJS.ErrnoException): string {
  return TEXTS[code ?? ''] ?? message;
}
