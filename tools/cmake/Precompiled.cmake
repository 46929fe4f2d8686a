# One precompiled header for every target, if KURIR_PCH is on. At -O0 two thirds of a file's time go into reading headers.
# Only the preset `tsan` sets it: a file that forgets an include compiles there, and fails in the other builds.
option(KURIR_PCH "Precompile the third-party headers that most files include" OFF)
if(NOT KURIR_PCH)
    return()
endif()

file(WRITE ${PROJECT_BINARY_DIR}/precompiled.cpp "")
add_library(kurir_precompiled STATIC ${PROJECT_BINARY_DIR}/precompiled.cpp)
target_link_libraries(kurir_precompiled PRIVATE
    project_options kurir::asio_headers Boost::json Boost::url fmt::fmt OpenSSL::SSL)
target_precompile_headers(kurir_precompiled PRIVATE
    <algorithm> <array> <atomic> <chrono> <condition_variable> <deque> <filesystem> <fstream> <functional> <future>
    <map> <memory> <mutex> <optional> <random> <set> <span> <sstream> <string> <string_view> <thread> <variant> <vector>
    <boost/asio.hpp> <boost/asio/ssl.hpp> <boost/json.hpp> <boost/system/result.hpp> <boost/url.hpp>
    <catch2/catch.hpp> <fmt/chrono.h> <fmt/format.h>)

function(kurir_precompile folder)
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target ${targets})
        get_target_property(type ${target} TYPE)
        if(type MATCHES "LIBRARY|EXECUTABLE" AND NOT type STREQUAL "INTERFACE_LIBRARY")
            # A time in the header's file would make the compiler cache miss.
            target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
            if(NOT target STREQUAL "kurir_precompiled")
                target_precompile_headers(${target} REUSE_FROM kurir_precompiled)
            endif()
            # Each file of theirs has Asio's category of TLS errors now, which calls OpenSSL.
            if(type STREQUAL "EXECUTABLE")
                target_link_libraries(${target} PRIVATE OpenSSL::SSL)
            endif()
        endif()
    endforeach()
    get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
    foreach(inner ${folders})
        kurir_precompile(${inner})
    endforeach()
endfunction()
kurir_precompile(${PROJECT_SOURCE_DIR})
