# Everything that sets a compiler flag: one interface target, and the functions that apply it.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

set(KURIR_SANITIZE "" CACHE STRING "Sanitizers to compile with, e.g. address,undefined")
option(KURIR_WERROR "Treat warnings as errors" OFF)

add_library(project_options INTERFACE)
target_include_directories(project_options INTERFACE ${PROJECT_SOURCE_DIR}/libs)
target_compile_options(project_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
    # Aggregates are filled field by field on purpose: defaults stand in the struct.
    -Wno-missing-field-initializers
    # clang reports a deprecated function that libstdc++ 12 calls in its own stable_sort and stable_partition.
    $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
if(KURIR_WERROR)
    target_compile_options(project_options INTERFACE -Werror)
endif()
if(KURIR_SANITIZE)
    target_compile_options(project_options INTERFACE
        -fsanitize=${KURIR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
        # gcc's manual: the sanitizers make this warning see what is not there (here in Boost's result).
        $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_link_options(project_options INTERFACE -fsanitize=${KURIR_SANITIZE})
endif()

# One static library per folder of libs/, linked by its alias: CMake stops on a misspelt name with
# "::" in it, where a plain "crypto" would quietly become -lcrypto.
function(kurir_add_library name)
    add_library(kurir_${name} STATIC ${ARGN})
    add_library(kurir::${name} ALIAS kurir_${name})
    target_link_libraries(kurir_${name} PUBLIC project_options)
endfunction()

function(kurir_add_program name)
    add_executable(${name} ${ARGN})
    target_link_libraries(${name} PRIVATE project_options)
endfunction()

# Beast and ssl::stream under the sanitizers: without these three checks a file takes 57 s instead of 179 s.
function(kurir_heavy_source)
    if(KURIR_SANITIZE)
        set_source_files_properties(${ARGN} PROPERTIES
            COMPILE_OPTIONS "-fno-sanitize=null,vptr,alignment")
    endif()
endfunction()

# The tests' own files under the sanitizers: the libraries keep the optimiser and every check, the tests that call
# them do without. A file with coroutines takes 21 s instead of 55 s.
function(kurir_test_source)
    if(KURIR_SANITIZE)
        set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS "-O0;-fno-sanitize=null,vptr,alignment")
    endif()
endfunction()
