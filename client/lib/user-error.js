"use strict";

/** An error that the user can fix; its message is one line that says how. */
class UserError extends Error {}

// Error code of the system → problem and remedy for a file.
const MEANINGS = {
  ENOSPC: [(file) => `the disk of ${file} is full`, "free some space and try again"],
  EDQUOT: [(file) => `your quota on the disk of ${file} is used up`, "free some space and try again"],
  EROFS: [
    (file) => `${file} is on a read-only disk`,
    "mount it for writing, or set MEMFOG_HOME and CLAUDE_CONFIG_DIR to folders on another",
  ],
  EACCES: [
    (file) => `${file} can not be opened: it or a folder above it belongs to another user, or is not accessible`,
    "give it back to yourself (chown, chmod u+rwX) and try again",
  ],
  EPERM: [
    (file) => `the system does not allow changes to ${file}`,
    "give it back to yourself (chown, chattr -i) and try again",
  ],
  ENOTDIR: [(file) => `a part of ${file} is a file and not a folder`, "move that file away and try again"],
  EISDIR: [(file) => `${file} is a folder and not a file`, "move that folder away and try again"],
  EEXIST: [(file) => `${file} exists already and is not what it should be`, "move it away and try again"],
  ELOOP: [(file) => `${file} is a circular link`, "remove that link and try again"],
  ENOENT: [
    (file) => `${file} does not exist and could not be created`,
    "check whether a folder above it, or the target of a link, is missing",
  ],
  ENAMETOOLONG: [(file) => `the name ${file} is too long for this disk`, "choose a shorter folder (MEMFOG_HOME)"],
  EMFILE: [() => "this machine has too many files open", "close some programs and try again"],
  ENFILE: [() => "this machine has too many files open", "close some programs and try again"],
  EIO: [(file) => `the disk of ${file} reports errors`, "check the disk"],
  EBUSY: [(file) => `${file} is in use by another program`, "close that and try again"],
};

/** {text, remedy} of a file system error, or null for any other. `file` is used if the error names none. */
function describeFileError(error, file = "a file") {
  // Node has a name of its own for some of them: ERR_FS_EISDIR.
  const [text, remedy] = MEANINGS[error?.code?.toString().replace(/^ERR_FS_/, "")] ?? [];
  // Errors of sockets have such codes, too, and an address; those of files have a path or come from a descriptor.
  if (!text || !error.syscall || error.address !== undefined) return null;
  return { text: text(error.path?.replace(/\.[0-9a-f]{12}\.tmp$/, "") ?? file), remedy };
}

/** Describes an error in one line. */
function describeError(error) {
  const known = describeFileError(error);
  return known ? `${known.text}; ${known.remedy}` : String(error?.message ?? error).split("\n")[0];
}

module.exports = { UserError, describeFileError, describeError };
