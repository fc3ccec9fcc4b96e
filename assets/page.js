// Small help on every page; without it everything still works.

// After a refused form the summary of what is wrong is what people should hear and see first.
document.querySelector("[data-error-summary]")?.focus();
