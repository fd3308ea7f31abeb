# shoal_manual(TARGET): man pages and completions made by the program itself, from what its --help says.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  function(shoal_manual target)
    set(folder "${CMAKE_BINARY_DIR}/manual/${target}")
    add_custom_command(
      OUTPUT "${folder}/stamp"
      COMMAND "${CMAKE_COMMAND}" "-DPROGRAM=$<TARGET_FILE:${target}>" -DNAME=${target} "-DFOLDER=${folder}"
        -P "${PROJECT_SOURCE_DIR}/cmake/ManualAndCompletions.cmake"
      DEPENDS ${target} "${PROJECT_SOURCE_DIR}/cmake/ManualAndCompletions.cmake"
      COMMENT "Manual and completions of ${target}"
      VERBATIM)
    add_custom_target(${target}_manual ALL DEPENDS "${folder}/stamp")
    install(DIRECTORY "${folder}/man1" DESTINATION "${CMAKE_INSTALL_MANDIR}")
    install(DIRECTORY "${folder}/bash/" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
    install(DIRECTORY "${folder}/zsh/" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
    install(DIRECTORY "${folder}/fish/" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
  endfunction()
  return()
endif()

function(generate what file)
  execute_process(COMMAND "${PROGRAM}" --generate "${what}" OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "^(.TH [^ ]+ 1) \"\"" "\\1 ${date}" text "${text}")
  file(WRITE "${FOLDER}/${file}" "${text}")
endfunction()

string(TIMESTAMP date "%Y-%m-%d" UTC)  # of SOURCE_DATE_EPOCH where that is set

file(REMOVE_RECURSE "${FOLDER}")
execute_process(COMMAND "${PROGRAM}" --generate commands OUTPUT_VARIABLE commands COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" commands "${commands}")
generate(man "man1/${NAME}.1")
foreach(command IN LISTS commands)
  generate("man-${command}" "man1/${NAME}-${command}.1")
endforeach()
generate(bash "bash/${NAME}")
generate(zsh "zsh/_${NAME}")
generate(fish "fish/${NAME}.fish")
file(TOUCH "${FOLDER}/stamp")
