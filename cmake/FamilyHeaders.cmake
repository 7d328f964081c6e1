# Writes families.h, which includes the header of every family in families.def.
function(portafilter_write_family_headers list header)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list})
  file(STRINGS ${list} rows REGEX "^PF_FAMILY")
  string(REGEX REPLACE "PF_FAMILY\\([a-z]+, ([a-z]+)\\)" "#include \"portafilter/\\1.h\"" includes "${rows}")
  list(REMOVE_DUPLICATES includes)
  list(JOIN includes "\n" text)
  file(WRITE ${header}.new "#pragma once\n${text}\n")
  configure_file(${header}.new ${header} COPYONLY) # untouched where nothing changed
endfunction()
