"""What events say about files and commits: changed and moved files, added lines, and what commands did with git."""
