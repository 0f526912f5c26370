"use strict";

// A drive of Windows: by its letter, or as its Linux and Cygwin mount it.
const DRIVE = /^(?:([A-Za-z]):|\/(?:mnt|cygdrive)\/([A-Za-z]))(?=[\\/]|$)/;
const WORKTREE = /[\\/]\.claude[\\/]worktrees[\\/][^\\/]+(?=[\\/]|$)/i;

/** The key of a folder, equal for all of its spellings; the same as on the server, in events/wire/folder_names.py. */
function folderKey(folder) {
  const drive = DRIVE.exec(folder);
  if (drive)
    return leaveWorktree(
      `${drive[1] ?? drive[2]}:${folder.slice(drive[0].length)}`.replaceAll("\\", "/").toLowerCase(),
    );
  return leaveWorktree(folder.startsWith("\\\\") ? folder.replaceAll("\\", "/").toLowerCase() : folder);
}

/** The same folder outside of the worktree of the host that contains it. */
function leaveWorktree(folder) {
  let left = folder;
  while (WORKTREE.test(left)) left = left.replace(WORKTREE, "");
  return left.replace(/[\\/]+$/, "") || left;
}

/** Whether a folder is another one, or lies in it. */
function isWithin(folder, other) {
  const [key, otherKey] = [folder, other].map(folderKey);
  return key === otherKey || key.startsWith(otherKey.endsWith("/") ? otherKey : `${otherKey}/`);
}

/** The folder as Windows writes it if its Linux mounts it from there, else null. */
function windowsNameOf(folder) {
  const [mount, , letter] = DRIVE.exec(folder) ?? [];
  return letter ? `${letter.toUpperCase()}:${folder.slice(mount.length) || "/"}` : null;
}

module.exports = { folderKey, isWithin, windowsNameOf };
