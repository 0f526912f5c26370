(() => {
const ALL="client/", L=(n)=>`client/lib/${n}\\.c?js$`;
const R=[];
const add=(re,m)=>R.push([re,m]);
// --- exported functions, everywhere
add(ALL,{b:{
 places:"resolvePaths", asTyped:"formatCommands", become:"switchAccount", whatHostsKnow:"findSupportedEvents", unknownTo:"listUnsupported",
 localServer:"findLocalServer", reachable:"resolveServerUrl", served:"fetchServedClient", knownRoots:"findKnownRoots", otherRoots:"findOtherRoots",
 hindrance:"findBlocker", neverRun:"findDisabled", hasWhole:"hasCompleteFile", isWhole:"isComplete", stateOf:"fileStateOf", endsWhole:"endsComplete",
 takeUp:"retryQuarantined", takeUpOne:"retryOne", Unfit:"InvalidEventError", settle:"settleAccount", rememberOwner:"recordOwner", lateFiles:"mapLateFiles",
 setRawAside:"quarantineRaw", cleanAside:"redactQuarantined", headWithoutSecrets:"readRedactedHead",
 judge:"judgeAnswer", keepWithinBounds:"enforceLimits", leftToAnother:"leaveToRunningShipper", keepsBack:"isHeldBack",
 recall:"fetchEditedFolders", withBlock:"insertBlock", withoutBlock:"removeBlock", turnAt:"claimTurn", keepNetwork:"saveNetwork", networkIn:"readEnvironment", networkOf:"loadNetwork", authoritiesOf:"loadAuthorities",
 lastingNode:"findStableNode", tooOld:"explainOldNode", orEnd:"exitIfTooOld", privateFolder:"makePrivateFolder", readIfThere:"readIfExists", writeInFolder:"writeCreatingFolder", namesIfReadable:"listIfReadable", namesIn:"listNames", filesUnder:"listFiles",
 spoolUsage:"spoolUsageEvents", noteTurn:"noteTranscripts", forgetOldTranscripts:"removeOldTranscripts", spoolDerived:"spoolEvent", readSpooled:"readSpoolFile",
 noteStranger:"noteOtherHost", noteDeath:"noteCrash", noteStuck:"noteStuckFiles",
 findIn:"findSecrets", findInLayers:"findInAllEncodings", placedIn:"mapToEscaped", unescaped:"unescapeText", merged:"mergeOverlaps", columnsIn:"findInTables", wrappedIn:"findAcrossLines", stringsIn:"listStrings", taggedIn:"findTagged",
 ownIn:"findUserPatterns", useOwnPatterns:"setUserPatterns", isMade:"looksGenerated", looksRandom:"looksRandom", newPiece:"newRunId",
 assignedAt:"findAssignedAt", optionAt:"findOptionAt", commandAt:"findInCommandAt", encodedAt:"findEncodedAt", privateKeyAt:"findPrivateKeyAt", nounAt:"findNamedAt", tokenAt:"findTokenAt", bearerAt:"findBearerAt", azureSecretAt:"findAzureSecretAt", dsnAt:"findDsnPasswordAt", passwordFileAt:"findPgpassAt", passwordInUrlAt:"findUrlPasswordAt", wordAt:"findAtWord", wordBeginnings:"wordInitials",
 addTo:"addHooks", removeFrom:"removeHooks", planFor:"planHooks", inspect:"inspectSettings", rememberedFiles:"listRecordedFiles", holdsExactly:"hasExactEntries", ourEntries:"findOwnEntries", refusalOf:"findRefusal", rememberConnection:"recordConnection",
 deviceLogin:"logInByDevice", cleanServer:"parseServerUrl", cleanToken:"parseToken", ownServer:"packagedServer",
 unreachable:"describeUnreachable", Round:"ShipperRun",
}});
// MOST_/LONGEST_ constants
add(ALL,{v:{LONGEST_NAME:"MAX_NAME_CHARS",LONGEST_LINE:"MAX_LINE_BYTES",LONGEST_HEADER:"MAX_HEADER_BYTES",LONGEST_KEY:"MAX_KEY_CHARS",LONGEST_MESSAGE:"MAX_MESSAGE_CHARS",LONGEST_PATTERN:"MAX_PATTERN_CHARS",LONGEST_PAUSE_MS:"MAX_PAUSE_MS",LONGEST_PRINTED:"MAX_PRINTED_CHARS",LONGEST_SECRET:"MAX_SECRET_CHARS",LONGEST_TESTED:"MAX_TESTED_CHARS",LONGEST_WAIT_MS:"MAX_RETRY_AFTER_MS",LONGEST_WORD:"MAX_WORD_CHARS",LONGEST_ANSWER:"MAX_ANSWER_BYTES",LONGEST_AUTHORITY:"MAX_AUTHORITY_CHARS",LONGEST_COOKIES:"MAX_COOKIES_CHARS",LONGEST_HEAD:"MAX_HEAD_CHARS",
 MOST_A_LETTER:"MAX_STEPS_PER_CHAR",MOST_CHARACTERS:"MAX_CONTEXT_CHARS",MOST_NAMED:"MAX_LISTED_FILES",MOST_OF_RUN:"MAX_RUN_CHARS",MOST_PATTERNS:"MAX_PATTERNS",MOST_SKEW_MS:"MAX_SKEW_MS",MOST_WAYS:"MAX_WAYS",
 ANSWERS_WITHIN_MS:"ANSWER_TIMEOUT_MS",DOWNLOAD_WITHIN_MS:"DOWNLOAD_TIMEOUT_MS",NODE_WITHIN_MS:"NODE_TIMEOUT_MS",TUNNEL_WITHIN_MS:"TUNNEL_TIMEOUT_MS",NEWS_WITHIN_MS:"VERSION_TIMEOUT_MS",QUIET_FOR_MS:"IDLE_TIMEOUT_MS",TIMEOUTS_IN_ALL:"TOTAL_TIMEOUT_FACTOR",
 FILES_AT_ONCE:"MAX_BATCH_FILES",GLANCE_MS:"POLL_INTERVAL_MS",GATHERS_MS:"GATHER_PAUSE_MS",BOUNDS_EVERY_MS:"LIMITS_INTERVAL_MS",FORGOTTEN_AFTER_MS:"TRANSCRIPT_LIFETIME_MS",LOOKS_FOR_MS:"TRANSCRIPT_READ_TIMEOUT_MS",LOOK_MS:"EXIT_POLL_INTERVAL_MS",AHEAD_MS:"LEASE_LIFETIME_MS",REFRESH_MS:"LEASE_REFRESH_INTERVAL_MS",TOO_FAR_MS:"MAX_LEASE_AHEAD_MS",
 LAST_WORK_MS:"SHIPPER_EXIT_TIMEOUT_MS",MOURNED_MS:"LOSS_REPORT_LIFETIME_MS",LEAST_ROOM:"MIN_FREE_BYTES",SECONDS_BETWEEN:"POLL_INTERVAL_S",SECONDS_SLOWER:"SLOW_DOWN_S",SECONDS_FOR_A_HOOK:"HOOK_TIMEOUT_S",TOGETHER_MS:"SAME_START_WINDOW_MS",TOGETHER_NS:"SAME_EVENT_WINDOW_NS",QUIET_NS:"STALL_TIMEOUT_NS",NEXT_TRY_MS:"RETRY_PAUSE_MS",EXPIRY_OF_A_CLAIM_MS:"CLAIM_LIFETIME_MS",
 TAIL:"TAIL_BYTES", BEGINS_ANEW:"FRESH_SOURCES",KINDS_TOLD:"REPORTED_KINDS",LOOKED_AT:"SAMPLE_SIZE",SHORTEST_LINE:"MIN_LINE_CHARS",SHORTEST_WORD:"MIN_WORD_CHARS",SHORTEST:"MIN_ENCODED_CHARS",ENDLESS:"MAX_REPETITIONS",DEEPEST:"MAX_DEPTH",AHEAD:"LOOKAHEAD_CHARS",EVENT_LIMIT:"MAX_EVENT_BYTES",PATH_LIMIT:"MAX_PATH_BYTES",NAME_LIMIT:"MAX_NAME_CHARS",KEPT_SHARE:"TARGET_SHARE",OLDEST_MS:"MAX_AGE_MS",LARGEST:"MAX_UNPACKED_BYTES",ELSEWHERE:"FALLBACK_NODES",SORRY:"NO_NODE_MESSAGE",SPOKEN:"NOT_A_SPOKEN_SECRET",ENDS_A_TURN:"TRANSCRIPT_KEYS",NAMELESS:"UNNAMED",WITHOUT_END:"NO_END",ASKS_THE_SYSTEM:"SYSTEM_CA_OPTION",LASTING:"RECORDED_OPTIONS",STRANGER:"OTHER_HOST",MARKS:"MARKS",BYTES_AT_ONCE:"MAX_CHUNK_BYTES",SPARE:"BASE_STEPS",TIES:"TIES"},p:{SECONDS_FOR_A_HOOK:"HOOK_TIMEOUT_S",ELSEWHERE:"FALLBACK_NODES"}});
add(L("redact/prose"),{v:{LONGEST_NAME:"MAX_NAME_CHARS"}});
add(L("redact/private-key"),{v:{TAIL:"TAIL"}});
add(L("redact/wrapped"),{v:{TAIL:"MIN_TAIL_CHARS",BEFORE:"CONTEXT_CHARS",LONG_HEAD:"MIN_HEAD_CHARS",MANY_TURNS:"MANY_CASE_CHANGES",turns:"caseChanges",placeOf:"mapToText",place:"offset",isMade:"looksGenerated",runOf:"measureRun",joinedAt:"joinLines",acrossBreaks:"findAcross"},p:{next:"nextPart"}});
add(L("redact/encoded"),{v:{SAMPLE:"SAMPLE_CHARS",decoded:"decodeBase64",endOf:"endOfLines"},p:{decoded:"decodedUpTo"}});
add(L("redact/reader"),{p:{decoded:"decodedUpTo"},v:{one:"charClass",piece:"runId",pieces:"runIds",SPARE:"BASE_STEPS"}});
add(L("sweep"),{});
// constants per file
add(L("shipper/bounds"),{v:{MOST_BYTES:"MAX_OUTBOX_BYTES",mostBytes:"maxBytes",boundOne:"enforceLimitsOf",oldestBeyond:"findExcess",sizeAndTime:"statEvent",drop:"dropEvents",removeDeadTemporaries:"removeOldTemporaries",apart:"listOtherAccounts",one:"account"}});
add(L("shipper/stalled"),{v:{MOST_BYTES:"MAX_STALLED_BYTES"}});
add(L("doctor/.*"),{v:{looked:"runCheck",look:"check"},b:{}});
add(L("doctor/(host|hooks)"),{v:{looked:"settingsFiles",look:"inspectAll",one:"settings_"},p:{looked:"settingsFiles"}});
R.pop();
add(L("doctor/(host|hooks)"),{v:{looked:"settingsFiles",look:"inspectAll",known:"support",hindered:"disabled",best:"mainFile",aside:"otherHostNote",leftovers:"findStrange",missing:"findMissing",unconnected:"findUnconnected",wantedOf:"wantedEntries",countOf:"describeCount",pluginIn:"findPlugin",there:"presentCount",refused:"findRefusedFile",wrong:"invalid",broken:"problem"},p:{looked:"settingsFiles",known:"support",best:"mainFile",broken:"problem"}});
add(L("doctor/finding"),{b:{looked:"runCheck"},v:{look:"check"}});
add(L("doctor/(capture|disk|queue)"),{b:{looked:"runCheck"}});
add(L("commands/status"),{b:{looked:"runCheck"},v:{looks:"checks",look:"check",counted:"queueCounts",orProblem:"runSafely",typable:"formatFinding",one:"finding",counts:"countQueue"},p:{counts:"countQueue"}});
add(L("queue-status"),{b:{counts:"countQueue",apart:"otherAccounts"},v:{closed:"closed"}});
R.pop();
add(L("queue-status"),{b:{counts:"countQueue"},v:{apart:"listOtherAccounts"},p:{apart:"otherAccounts"}});
add(L("commands/disconnect"),{b:{counts:"countQueue"},v:{mine:"ownWaiting",apart:"otherAccounts",elsewhere:"recorded",others:"recordedFiles",removedFrom:"removeSafely"},p:{apart:"otherAccounts"}});
add(L("doctor/capture"),{v:{look:"checkCapture",recent:"listRecent",captured:"seen",silent:"silentSessions",hasBegunAfter:"startedAfter",begun:"startTime",head:"readHead",PATIENCE_MS:"FIRST_EVENT_TIMEOUT_MS",one:"folder_"}});
R.pop();
add(L("doctor/capture"),{v:{look:"checkCapture",recent:"listRecent",captured:"seen",silent:"silentSessions",hasBegunAfter:"startedAfter",begun:"startTime",head:"readHead",PATIENCE_MS:"FIRST_EVENT_TIMEOUT_MS",foldersIn:"listFolders",spooledText:"readSpoolHeads"}});
add(L("doctor/disk"),{v:{room:"checkDisk",files:"checkFiles",node:"checkNode",used:"nodeFile",whyNoFile:"findWriteError",why:"writeError",holds:"hasNonce",lost:"missingFile",word:"valueOf",probe:"probeHook"}});
add(L("doctor/queue"),{v:{later:"newerOf",spool:"checkSpool",accounts:"checkAccounts",delivery:"checkDelivery",aside:"checkQuarantine",lost:"checkLost",privacy:"checkPrivacy",apart:"otherAccounts",ours:"ownCount",PATIENCE_MS:"DELIVERY_TIMEOUT_MS"},p:{apart:"otherAccounts"}});
add(L("doctor/server"),{v:{kept:"tokenFinding",credentials:"checkToken",health:"checkHealth",clock:"checkClock",asked:"askedAt",span:"formatDuration",isOpen:"isReadable"}});
add(L("doctor/policy"),{v:{said:"runProgram",readable:"readIfReadable",parsed:"parseSettings",policies:"listPolicies",words:"args"}});
add(L("doctor/overhead"),{v:{scratch:"makeScratchHome",measure:"measureRuns",timed:"timeRun",at:"percentile",most:"p95",start:"run",judgeAnswer:"judgeTimes",judge:"judgeTimes"},p:{judge:"judgeTimes"}});
add("client/test/doctor.test.js",{b:{judge:"judgeTimes"}});
add(L("doctor/settings-verdict"),{v:{told:"results",tried:"testedVersions",near:"nearestIndex",asWrong:"otherKind",letterOf:"resultOf",nearest:"nearestTested",isTold:"appliesToValue",alike:"similarTo",wantedOf:"describeExpected",right:"accepted",placesIn:"listParts",place:"handlerIndex",shape:"mistake",SHAPES:"MISTAKES",UNTRIED:"UNTESTED",listed:"asList",what:"problem"},p:{what:"problem"}});
add(L("doctor/host"),{p:{what:"problem"}});
// shipper
add(L("shipper/sweep"),{v:{stuck:"stuckFiles",left:"stuckCount",known:"queuedIds",before:"hadStuck",some:"batch",portions:"makeBatches",sweepSome:"sweepBatch",tellStuck:"reportStuck",removeWhenDead:"removeIfAbandoned",where:"repository",machine:"machineId",machineOf:"readMachineId",captured:"seenSessions",fired:"firingLog",firings:"FiringLog",placeOf:"pathsForFile",work:"run",orLeft:"keepOnError",leaveProbe:"keepProbe",remembering:"memoize",tell:"compute",told:"results",wentAside:"quarantineIfInvalid",inOrderOfHooks:"sortByHook",uses:"toolCalls",use:"toolCall",one:"draft_",stranger:"host",otherHost:"detectOtherHost",firing:"firing",gate:"makePrivacyGate",fresh:"newId",owner:"accountPaths",draft:"makeDraft",envelope:"makeEnvelope",readable:"readIfReadable",privacy:"privacy"},p:{left:"stuckCount",firings:"FiringLog",placeOf:"pathsForFile",otherHost:"detectOtherHost",gate:"makePrivacyGate",draft:"makeDraft",envelope:"makeEnvelope",firing:"identify",known:"queuedIds"}});
R.pop();
add(L("shipper/sweep"),{v:{stuck:"stuckFiles",portions:"makeBatches",sweepSome:"sweepBatch",some:"batch",tellStuck:"reportStuck",removeWhenDead:"removeIfAbandoned",where:"repository",machineOf:"readMachineId",captured:"seenSessions",fired:"firingLog",placeOf:"pathsForFile",orLeft:"keepOnError",leaveProbe:"keepProbe",remembering:"memoize",tell:"compute",told:"results",wentAside:"quarantineIfInvalid",inOrderOfHooks:"sortByHook",uses:"toolCalls",use:"calls",stranger:"host",readable:"readIfReadable",task:"action"},p:{left:"stuckCount"}});
add(L("shipper/(sweep|envelope)|client/lib/shipper/bounds"),{b:{draft:"makeDraft",envelope:"makeEnvelope",ownEvent:"makeOwnEvent"},v:{}});
add(L("shipper/envelope"),{v:{mint:"makeId",fitted:"shrinkToFit",within:"clampTime",clientWith:"describeClient",small:"shrunk",start:"rootText",mark:"encoding",other:"fallback"}});
add("client/lib/(shipper/sweep|shipper/other-hosts|privacy/gate)\\.js",{b:{otherHost:"detectOtherHost",gate:"makePrivacyGate"}});
add("client/lib/context/give\\.js",{b:{gate:"makePrivacyGate"}});
add(L("privacy/gate"),{v:{isUntold:"hasUnknownFolder"}});
add(L("shipper/(sweep|firings)"),{b:{firings:"openFiringLog",firing:"identify"}});
R.pop();
add(L("shipper/(sweep|firings)"),{b:{firings:"openFiringLog"}});
add(L("shipper/firings"),{v:{noted:"recordFiring",begun:"removeOldSessions",isOf:"isSameFile",isCopyOf:"isCopy",equal:"firings",one:"known",apart:"distanceNs",use:"toolUseId",KEPT_MS:"SESSION_LIFETIME_MS",most:"highest",sessionOf:"loadSession",seen:"firingsByKey"},p:{seen:"firingsByKey",firing:"identify"}});
R.pop();
add(L("shipper/firings"),{v:{noted:"recordFiring",begun:"removeOldSessions",isOf:"isSameFile",apart:"distanceNs",use:"toolUseId",KEPT_MS:"SESSION_LIFETIME_MS",most:"highest",sessionOf:"loadSession",equal:"sameEvents"}});
add(L("shipper/lease"),{v:{place:"installLease",aside:"temporaryName",holder:"findHolder",ended:"waitForExit",keep:"holdLease",mine:"ownFile",setAhead:"extendLease",ahead:"futureTimes",until:"deadline",end:"release",last:"finish"},p:{holder:"findHolder",ended:"waitForExit"}});
add("client/lib/commands/flush\\.js",{b:{holder:"findHolder",ended:"waitForExit"}});
add(L("shipper/owner"),{v:{setApart:"moveToAccount",takeBack:"restoreFromAccount",placeOf:"pathsOfAccount",apart:"listOtherAccounts",begunAt:"waitingSince",former:"previous",asked:"answer",switchedAt:"accountSwitchTime",isLate:"isOfPrevious",there:"accountPaths",known:"keyByFile",until:"time_"},p:{apart:"listOtherAccounts"}});
R.pop();
add(L("shipper/owner"),{v:{setApart:"moveToAccount",takeBack:"restoreFromAccount",placeOf:"pathsOfAccount",apart:"listOtherAccounts",begunAt:"waitingSince",former:"previous",asked:"answer",switchedAt:"accountSwitchTime",isLate:"isOfPrevious",there:"accountPaths"},p:{apart:"listOtherAccounts"}});
add("client/lib/(shipper/bounds|become|queue-status)\\.js",{p:{}});
add(L("become"),{v:{sweepAll:"sweepSpool",KEPT:"ACCOUNT_FILES",former:"previous",work:"install_",isOther:"isNewAccount",apart:"listOtherAccounts",readOr:"readIfReadable",attempt:"ignoreErrors"},p:{}});
R.pop();
add(L("become"),{v:{sweepAll:"sweepSpool",KEPT:"ACCOUNT_FILES",former:"previous",isOther:"isNewAccount",apart:"listOtherAccounts",readOr:"readIfReadable",attempt:"ignoreErrors",done:"result"}});
add(L("shipper/outbox"),{v:{setAside:"quarantine",explained:"writeReason",aside:"target",waiting:"listEvents",put:"addEvent"},p:{setAside:"quarantine",waiting:"listEvents",put:"addEvent"}});
add("client/lib/commands/flush\\.js",{b:{waiting:"listEvents"}});
add(L("shipper/answer"),{v:{taken:"parseAccepted",refused:"refuse",later:"retryLater",invalid:"splitBatch",places:"indexes",one:"rejection"}});
add(L("shipper/quarantine"),{v:{moved:"moveBack"}});
add(L("shipper/raw"),{v:{KEPT:"KEPT_CHARS",isAll:"isAll"}});
add(L("shipper/living"),{});
add(L("shipper/repo"),{v:{nearest:"findRepository",repositoryAt:"readRepository",read:"readIfReadable",normalise:"normalizeUrl",parse:"parseUrl",decode:"decodePath",here:"current",isUsual:"isDefaultPort"},p:{normalise:"normalizeUrl"}});
add(L("shipper/seen-sessions"),{v:{known:"firstBySession",textOf:"readIfReadable",append:"appendLine",use:"toolUseId",agent:"agentId",prompt:"promptId"}});
add(L("shipper/usage-events"),{v:{orForgotten:"dropOnError",readOne:"readTranscript",memory:"positionFile",remember:"savePosition",positionIn:"loadPosition",found:"usage",dueFile:"dueFileOf",FINGERPRINT:"FINGERPRINT_BYTES",known:"saved",noted:"notedAt",before:"bytes"}});
add(L("shipper/state"),{v:{note:"updateState",news:"changes",why:"flags"},p:{note:"updateState"}});
add("client/lib/(notice|shipper/ship)\\.js|client/test",{v:{note:"updateState"},p:{}});
R.pop();
add("client/lib/(notice|shipper/ship)\\.js",{b:{note:"updateState"}});
add("client/test/",{v:{note:"updateState"}});
R.pop();
add(L("shipper/ship"),{v:{stopped:"stopped",offered:"served_",pause:"retryPause",watcher:"watchFolder",wake:"wake",LONGEST_PAUSE_MS:"MAX_PAUSE_MS",PATIENCE_MS:"RETRY_TIMEOUT_MS"},p:{news:"lastNews",isOver:"isFinished",collect:"sweep",sweepLater:"postponeSweep",holdBack:"pauseDelivery",lookForNews:"checkVersion",bound:"enforceLimits",delivered:"noteDelivered",hasAsked:"hasCheckedVersion",nextBounds:"nextLimitCheck",isUnsure:"isPrivacyUnknown"}});
R.pop();
add(L("shipper/ship"),{v:{pause:"retryPause",watcher:"watchFolder",PATIENCE_MS:"RETRY_TIMEOUT_MS"}});
add(L("shipper/decode"),{v:{marked:"markedEncoding",wide:"utf16",decodeWide:"decodeUtf16",isLatin:"isLatin"}});
add(L("shipper/shrink"),{v:{SHORTEST_CUT:"MIN_CUT_BYTES",KEPT_OF_TEXT:"KEPT_TEXT_CHARS",longest:"maxBytes",bare:"shortened",withHeadsOnly:"keepHeads",headWithMark:"cutString",headOf:"cutMember",done:"copiedUpTo"}});
add(L("shipper/cut"),{v:{place:"index",done:"copiedUpTo",cutBack:"cutText",halfLetter:"incompleteBytes",wholeUpTo:"completeLength",kept:"redacted",open:"openTag"},p:{cutBack:"cutText"}});
add(L("shipper/(raw|payload)"),{b:{cutBack:"cutText"}});
add(L("shipper/payload"),{v:{cutAs:"mapText",decoded:"decodedText"}});
add(L("shipper/spool"),{v:{LARGE:"MIN_LARGE_BYTES",CHUNK:"CHUNK_BYTES",headOf:"readHead",digestOf:"hashFile",headerIn:"parseHeader",tailOf:"readTail"}});
// privacy
add(L("privacy/config"),{v:{redactionsOf:"compileRedactions",textOf:"readText",parsed:"parseConfig",one:"pattern"}});
add(L("privacy/exclude"),{v:{exclusions:"makeExclusions",read:"readIgnoreFile",ruleOf:"parseRule",excludes:"isExcludedBy",forward:"toForwardSlashes",here:"current",known:"rulesByFolder"},p:{exclusions:"makeExclusions",forward:"toForwardSlashes",excludes:"excludes"}});
add("client/(lib/(privacy/(gate|globs)|folders/keep)|test/).*\\.js",{b:{exclusions:"makeExclusions",forward:"toForwardSlashes"}});
add(L("privacy/pause"),{v:{found:"listPauseFiles",going:"active",fileOf:"pauseFileOf",inside:"relative",here:"current"}});
add(L("privacy/private-prompts"),{v:{KEPT_MS:"PROMPT_LIFETIME_MS"}});
// folders
add(L("folders/keep"),{b:{keep:"updateBlocks",drop:"removeBlocks",rootOf:"findRoot"},v:{MOST:"MAX_FOLDERS",isMeant:"isEligible",put:"editFile",read:"readText",kept:"readRecorded",remember:"recordFiles",done:"result",linesOf:"formatLines",here:"current",known:"folders",PUBLIC:"PUBLIC_MODE"},p:{linesOf:"formatLines",left:"skipped"}});
add(L("folders/marked"),{b:{linesOf:"formatLines"},v:{MOST:"MAX_FILES",find:"findBlock",plain:"escapeName",found:"block_"}});
R.pop();
add(L("folders/marked"),{b:{linesOf:"formatLines"},v:{MOST:"MAX_FILES",find:"findBlock",plain:"escapeName"}});
add("client/test/folders.test.js",{b:{linesOf:"formatLines"}});
add(L("commands/folders-command"),{b:{keep:"updateBlocks",drop:"removeBlocks",rootOf:"findRoot"},v:{shown:"listFiles",left:"skipped"},p:{left:"skipped"}});
add(L("folders/recall"),{v:{AT_ONCE:"PAGE_SIZE",PAGES:"MAX_PAGES",ask:"fetchJson",editsOf:"fetchEdits",asked:"query",found:"hits_",listOf:"asList",way:"relative"}});
R.pop();
add(L("folders/recall"),{v:{AT_ONCE:"PAGE_SIZE",PAGES:"MAX_PAGES",ask:"fetchJson",editsOf:"fetchEdits",asked:"query",found:"result",listOf:"asList",way:"relative"}});
// context
add(L("context/give"),{b:{give:"giveContext"},v:{told:"start",print:"printContext",toldBy:"parseStart",contextFor:"fetchContext",fitted:"fitContext",silence:"wait",outputOf:"contextOutput",messageOf:"noticeOutput",asked:"query",kept:"fits",most:"upper",whole:"text_",CUT:"CUT_MARK",DEADLINE_MS:"CONTEXT_TIMEOUT_MS",noteInjected:"recordInjection"}});
R.pop();
add(L("context/give"),{b:{give:"giveContext"},v:{told:"start",print:"printContext",toldBy:"parseStart",contextFor:"fetchContext",fitted:"fitContext",silence:"wait",outputOf:"contextOutput",messageOf:"noticeOutput",asked:"query",kept:"low",most:"high",CUT:"CUT_MARK",DEADLINE_MS:"CONTEXT_TIMEOUT_MS",noteInjected:"recordInjection"}});
add(L("context/run"),{b:{give:"giveContext"}});
add("client/hooks/",{b:{give:"giveContext"},v:{}});
add(L("context/once"),{v:{KEPT_MS:"START_LIFETIME_MS",PATIENCE_MS:"TURN_TIMEOUT_MS",join:"joinStart",newest:"findNewest",isOver:"hasEnded",isOurTurn:"waitForTurn",isAtWork:"isRunning",claim:"claimFile",forgetOld:"removeOldStarts",most:"highest",made:"modified"}});
add(ALL,{p:{}});
// mcp
add(L("mcp/bridge"),{v:{tell:"reply",pass:"forwardLine",begin:"initialize",send:"forward",posted:"postLine",leave:"closeSession",parsed:"parseMessage",failure:"makeError",oneLine:"joinLines",reasonOf:"describeRefusal",headersOf:"makeHeaders",done:"forwarding"},p:{begun:"initialized",opening:"initializeLine"}});
add(L("mcp/exchange"),{v:{wholeOf:"readBody",eventsIn:"readEvents",dataOf:"readData",answered:"responseHeaders",part:"chunk",rest:"buffer",collect:"readText"}});
// network
add(L("network/agent"),{v:{tunnelled:"makeTunnelConnection",tunnel:"openTunnel",asking:"connecting",refused:"refusedError",unreachable:"unreachableError",done:"callback",says:"message",Kind:"Agent",nameOf:"describeProxy"}});
add(L("network/keep"),{v:{kept:"saved",here:"current",readable:"readIfReadable",systemAuthorities:"loadSystemAuthorities"}});
add(L("network/loopback"),{});
add(L("network/proxy"),{v:{parsed:"parseProxy",unusable:"unusableError",decoded:"decodePart",covers:"matchesEntry",one:"key",bare:"domain",wanted:"wantedPort",isExempt:"isExempt",proxiesIn:"readProxies",proxyFor:"findProxy",authorizationOf:"makeAuthorization",found:"values"},p:{proxiesIn:"readProxies",proxyFor:"findProxy"}});
add("client/(lib/network/(agent|keep)|test/).*\\.js",{b:{proxiesIn:"readProxies",proxyFor:"findProxy"}});
// redact
add(L("redact/own"),{v:{compiled:"compilePattern",ways:"countWays",boundsOf:"parseBounds",tokensOf:"tokenize",endsAtOnce:"endsUniquely",inUse:"userPatterns",wrong:"makeError",why:"problem",one:"entry"}});
R.pop();
add(L("redact/own"),{v:{compiled:"compilePattern",ways:"countWays",boundsOf:"parseBounds",tokensOf:"tokenize",endsAtOnce:"endsUniquely",inUse:"userPatterns",wrong:"makeError",why:"problem"}});
add(L("redact/find"),{v:{LOOKS:"DETECTORS",lookers:"detectorsByCode",look:"detect",lookAt:"detectAt",lookInWord:"detectInWord",lookBehindEscape:"detectAfterEscape",some:"result",one:"secret",all:"secrets"}});
add(L("redact/words"),{v:{SAYINGS:"PHRASES",sayingAt:"findInPhraseAt",teach:"addDetector",known:"detectorsByWord",look:"detect",some:"lengthBits",cookiesAt:"findCookiesAt",one:"form"}});
add(L("redact/assigned"),{v:{givenAt:"findAfterNameAt",namedBefore:"readNameBefore",comparedAt:"findComparedAt",comparedBefore:"findBeforeComparison",elementAt:"findInElementAt",listedAt:"findInListAt",cellAt:"findInCellAt",pastBreak:"skipLineBreak",pastContinuation:"skipContinuation",nameBeside:"findNearbyName",most:"max",valueAt:"readValueAt",bareEnd:"findBareEnd",quotedAt:"readQuotedAt",wordBefore:"readWordBefore",nameBefore:"nameEndingAt",inner:"start_"}});
R.pop();
add(L("redact/assigned"),{v:{givenAt:"findAfterNameAt",namedBefore:"readNameBefore",comparedAt:"findComparedAt",comparedBefore:"findBeforeComparison",elementAt:"findInElementAt",listedAt:"findInListAt",cellAt:"findInCellAt",pastBreak:"skipLineBreak",pastContinuation:"skipContinuation",nameBeside:"findNearbyName",most:"max",valueAt:"readValueAt",bareEnd:"findBareEnd",quotedAt:"readQuotedAt",wordBefore:"readWordBefore"}});
add(L("redact/commands"),{v:{placedAt:"shiftBy",wordsOf:"splitWords",given:"option",stuck:"attachedOption",secretIn:"checkSecret",partOf:"checkPart",cookiesIn:"findCookies",pipedIn:"findPiped",hereString:"findHereString",printedBy:"findPrinted",kept:"compiledRule",one:"secret",optionOf:"findInOption",argumentsOf:"findInArguments",withoutNewline:"dropNewline",commandLine:"readCommandLine",from:"from"}});
add(L("redact/prose"),{v:{spokenOf:"findSpoken",besideOf:"findBeside",wordIn:"readWord",wordBefore:"readWordBefore",place:"secret",ahead:"lookahead",one:"noun"}});
add(L("redact/private-key"),{v:{past:"skipPattern",another:"nextBegin",lineOfKey:"classifyKeyLine"},p:{lineOfKey:"classifyKeyLine"}});
add(L("redact/redact"),{b:{lineOfKey:"classifyKeyLine"},v:{besides:"findExtra",wholeOf:"findWholeString",printed:"findPrinted",remember:"updateContext",replaced:"replaceSecrets",told:"found_",memory:"context",done:"copiedUpTo",nameFor:"nameOfValue",one:"plainText"}});
R.pop();
add(L("redact/redact"),{b:{lineOfKey:"classifyKeyLine"},v:{besides:"findExtra",wholeOf:"findWholeString",printed:"findPrinted",remember:"updateContext",replaced:"replaceSecrets",told:"foundKind",memory:"context",done:"copiedUpTo",nameFor:"nameOfValue"}});
add(L("redact/escapes"),{v:{placesIn:"mapOffsets",places:"offsets",known:"mapped",settle:"mapUpTo",shrunk:"removedChars",letterOf:"decodeEscape",entityOf:"decodeEntity",here:"direct",below:"nested",one:"secret"}});
add(L("redact/tokens"),{v:{PIECE:"PART",pieceOf:"parsePart",pieces:"parts",piece:"part",matched:"matchRule",one:"charClass",longWordAt:"findByLengthAt",pairOf:"codePairAt",isOfARequest:"isRequestKeyId",afterLiteral:"skipLiteral",afterRun:"skipRun"},p:{pieces:"parts",one:"charClass"}});
add(L("redact/tables"),{v:{belowRule:"readRows",cellsOf:"splitCells",done:"readUpTo",head:"header",isRule:"isRule"}});
add(L("redact/tags"),{v:{one:"tagged_",open:"openTag",done:"copiedUpTo"}});
R.pop();
add(L("redact/tags"),{v:{open:"openTag",done:"copiedUpTo"}});
add(L("redact/heuristics"),{v:{WORDS:"COMMON_WORDS",turns:"countChanges",count:"countMatches"},p:{WORDS:"COMMON_WORDS"}});
add(L("redact/value-rules"),{v:{WORDS:"COMMON_WORDS",OF_A_REQUEST:"REQUEST_CREDENTIAL"},p:{WORDS:"COMMON_WORDS"}});
add(L("redact/names"),{v:{OPEN:"NOT_SECRET",word:"asWord",cased:"inAnyCase",ABOUT:"DERIVED_ENDINGS",ANY:"ANY_HINT"}});
add(L("redact/classes"),{v:{one:"members"}});
// top level
add(L("auth"),{v:{given:"text",known:"saved"}});
add(L("roots"),{v:{usual:"defaults",found:"candidates",namesOf:"listMatching",real:"resolveLink",one:"a",other:"b",lastWritten:"lastModified"}});
add(L("local"),{v:{ours:"ownAddresses",own:"ownUrl"}});
add(L("hosts"),{v:{candidates:"listCandidates",real:"target",realOf:"resolveProgram",bundled:"listBundled",found:"fileByTarget",newestOf:"findNewest"}});
add(L("host-knows"),{v:{FIRST:"FIRST_VERSIONS",eventsOf:"listSupported",isSafe:"isAlwaysSupported"}});
add(L("install"),{v:{known:"values",windowsWord:"quoteForWindows",nodeOfHook:"readHookNode",rememberMachine:"saveMachineId",removeOtherPrograms:"removeOldClients",PARTS:"CLIENT_PARTS",SOURCE:"SOURCE"},p:{nodeOfHook:"readHookNode"}});
add(L("doctor/disk"),{b:{nodeOfHook:"readHookNode"}});
add(L("launcher"),{v:{known:"values",quoted:"quote"}});
add(L("node-choice"),{});
add(L("notice"),{b:{notice:"makeNotice"},v:{told:"lastTold",news:"describeUpdate",urgent:"urgent",sentence:"describeProblem",again:"remedy"}});
R.pop();
add(L("notice"),{v:{told:"lastShown",news:"describeUpdate",sentence:"describeProblem",again:"remedy"}});
add(L("typed"),{v:{NAMED:"COMMAND_NAMES",PLAIN:"SAFE_PATH",shortened:"shortenHome",quoted:"quote",program:"programName"}});
add(L("commands/whoami"),{v:{read:"parseUser"}});
add(L("device-login"),{v:{start:"requestCode",collect:"pollToken",line:"toPlainText",nothingChanged:"makeError",started:"login",say:"say",nameOfThisMachine:"describeMachine",post:"postJson"}});
add(L("files"),{v:{named:"withPath"}});
add(L("json-text"),{v:{member:"findMember"},p:{member:"findMember"}});
add(L("settings-text"),{b:{member:"findMember"},v:{place:"chain",found:"entries",ourFirst:"findOwnEntry",ours:"own",isOurs:"isOwn",isLeftover:"isBareInterpreter",cutOut:"removeItem",listed:"asList",required:"requireMembers",write:"formatItem",endOfLine:"lineEnding"}});
add(L("settings-file"),{v:{body:"toJson",bare:"withoutBom",rewritten:"rewrite",withoutOurs:"removeOwn",memory:"recordFile",holdsOurs:"hasOwnEntries",target:"resolveLink",targetOf:"resolveTarget",notChanged:"explainError",keepCopy:"writeBackup",missed:"needed",replace:"replaceFile",restore:"restoreFile",write:"writeFile",textOf:"readText",isOurs:"hadEntries",known:"description",real:"target",remembered:"record"}});
add(L("tar"),{v:{headerAt:"readHeader",safe:"checkName",write:"writeFile"}});
add(L("main"),{v:{known:"description",typable:"formatText",report:"describeFailure"},p:{problem:"problem"}});
add(L("request"),{v:{way:"usedAgent",giveUp:"abort",length:"lengthHeader",authorization:"authorizationHeader",collect:"readBody",open:"send"}});
add(L("served"),{v:{}});
add(L("commands/update"),{v:{trouble:"makeError",problem:"makeError",connectionsOf:"listConnections",offered:"client",one:"unreachable"}});
R.pop();
add(L("commands/update"),{v:{connectionsOf:"listConnections",offered:"client"}});
add(L("commands/connect-command"),{v:{given:"token_",here:"local",known:"saved",named:"address",ofThisMachine:"localToken",connected:"connectWithToken",refuseEmpty:"refuseEmpty",hindered:"blocker",tokenOnStdin:"readTokenFromStdin",cleanVersion:"parseVersion",hooksLine:"describeHooks",whyLess:"explainLeftOut",next:"describeNextStep",hostsAsked:"findHostsAgain",done:"result"},p:{done:"result",apart:"otherAccounts"}});
R.pop();
add(L("commands/connect-command"),{v:{given:"givenToken",here:"local",named:"address",ofThisMachine:"localToken",connected:"connectWithToken",hindered:"blocker",tokenOnStdin:"readTokenFromStdin",cleanVersion:"parseVersion",hooksLine:"describeHooks",whyLess:"explainLeftOut",next:"describeNextStep",hostsAsked:"knownHosts",done:"result",wanted:"connectOptions"},p:{done:"result",apart:"otherAccounts",known:"support"}});
add(L("commands/connect"),{v:{known:"support",done:"result",adopt:"adopt"},p:{apart:"otherAccounts",known:"support"}});
add(L("become"),{p:{apart:"otherAccounts"}});
add(L("shipper/owner"),{});
add(L("commands/pause-command"),{v:{milliseconds:"parseDuration",LONGEST_MS:"MAX_PAUSE_MS",where:"scope"}});
add(L("commands/update"),{v:{LONGEST_MS:"INSTALL_TIMEOUT_MS",LASTING:"RECORDED_OPTIONS"}});
add("client/lib/(parse-time|commands/index)\\.js|client/test/",{b:{momentOf:"parseTime"},v:{}});
add(L("parse-time"),{v:{moment:"time"}});
add(L("transcripts/known-events"),{v:{momentOf:"findEventTime",moment:"latest",until:"findCaptureStart",capturedBy:"findHookStart",live:"seenSessions",known:"startByKey",isIt:"isMatch",before:"previousEnd"}});
add(L("transcripts/find"),{v:{lookedAt:"describeTranscript",begunAt:"findStartTime",WHY:"READ_ERRORS",real:"resolveLink",entriesOf:"listEntries",filesIn:"listTranscripts",found:"transcripts"},p:{begun:"startTime"}});
add(L("transcripts/lines"),{v:{CHUNK:"CHUNK_BYTES",got:"count",done:"offset"}});
add(L("transcripts/usage-records"),{v:{note:"addAnswer",unfinished:"findUnfinished",answerIn:"parseAnswer",promptIn:"parsePromptId",NO_MODEL:"SYNTHETIC_MODEL",isMore:"isNewer"}});
add(L("transcripts/responses"),{v:{ofCommand:"readCommand",ofWrite:"readWrite",ofRead:"readRead",words:"output",SILENT:"NO_OUTPUT"}});
add(L("commands/index"),{v:{did:"verb",had:"newNote"}});
add(L("commands/flush"),{v:{before:"deliveredBefore",work:"work"}});
// place → paths, last
add("client/lib/paths\\.js|client/lib/shipper/(run|start)\\.js|client/lib/context/run\\.js|client/hooks/|client/testing/scratch\\.js|client/test/",{b:{inside:"pathsIn"}});
add("client/(?!lib/redact/|lib/shipper/(lease|cut)\\.js|lib/settings-text|lib/doctor/settings-verdict|testing/innocents)",{v:{place:"paths"}});
add("client/lib/shipper/(lease|cut)\\.js",{});
add("client/lib/shipper/spool\\.js",{});
add("client/(?!lib/redact/)",{p:{place:"paths",given:"given"}});
return R;
})()
