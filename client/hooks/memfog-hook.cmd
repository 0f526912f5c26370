@rem Memfog's capture hook for Claude Code on Windows: hands its stdin and its words to memfog-hook.cjs, and ends with 0.
@"@node@" "%~dp0memfog-hook.cjs" %* 2>nul
@exit /b 0
