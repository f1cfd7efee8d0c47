# attack: an error that only the compiler finds, which would read the source file
# must: DIALECT_REFUSED syntax
return 5
