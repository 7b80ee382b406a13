# Turns SQL into C string literals: the file that people read is the one that is compiled in.
/^--/d
s/\\/\\\\/g
s/"/\\"/g
s/.*/"&\\n"/
