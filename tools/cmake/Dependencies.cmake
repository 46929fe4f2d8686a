# Every third-party library, found once. The Debian packages they come from are listed in tools/packages.txt.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(LibXml2 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(tomlplusplus REQUIRED)
find_library(ISAL_LIBRARY isal REQUIRED)
find_path(ISAL_INCLUDE_DIR isa-l/igzip_lib.h REQUIRED)

add_library(isal::isal INTERFACE IMPORTED)
set_target_properties(isal::isal PROPERTIES
    INTERFACE_LINK_LIBRARIES ${ISAL_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${ISAL_INCLUDE_DIR})

# Asio and Beast are headers of the Boost package; their macros are the same everywhere.
add_library(kurir_asio INTERFACE)
add_library(kurir::asio_headers ALIAS kurir_asio)
target_link_libraries(kurir_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(kurir_asio INTERFACE BOOST_ASIO_NO_DEPRECATED)
# gcc 12 inlines one half of the pair that allocates and frees coroutine frames, and takes them for strangers.
target_compile_options(kurir_asio INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
