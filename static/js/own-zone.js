// Offers the reader's own time zone as long as none was saved.

const field = document.querySelector("#rules [data-own]");
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();

if (field && timeZone) field.value = timeZone;
