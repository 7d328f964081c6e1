# Language level and warnings of every target: C++17, strict floating point, warnings are errors. Short loops stay loops: calls
# to memcpy and memset for a few elements cost more than the elements.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3")
add_compile_options(
  -Wall -Wextra -Werror -fno-exceptions -fno-rtti -ffp-contract=off -fno-math-errno -fno-trapping-math
  -fno-tree-loop-distribute-patterns -g1)
if(PORTAFILTER_SANITIZE)
  add_compile_options(-fsanitize=${PORTAFILTER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PORTAFILTER_SANITIZE})
endif()
