# Warnings, sanitizers, linker and compiler cache, the same for every room.

option(PODWRIGHT_WERROR "Warnings are errors" ON)
set(PODWRIGHT_SANITIZE "" CACHE STRING "-fsanitize= list, for example address,undefined or thread")

find_program(PODWRIGHT_CCACHE ccache)
if(PODWRIGHT_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PODWRIGHT_CCACHE})
endif()
find_program(PODWRIGHT_MOLD mold)
if(PODWRIGHT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Designated initialisers leave members at their defaults on purpose.
add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wno-missing-field-initializers)
if(PODWRIGHT_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 and 13 report these from inside libstdc++ and Boost in optimised builds.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-dangling-reference)
endif()
if(PODWRIGHT_SANITIZE)
  add_compile_options(-fsanitize=${PODWRIGHT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PODWRIGHT_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND PODWRIGHT_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)  # Asio's fences, which g++ does not instrument; its locks are
  endif()
endif()

option(PODWRIGHT_FUZZ "Fuzz targets; needs clang" OFF)
if(PODWRIGHT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
