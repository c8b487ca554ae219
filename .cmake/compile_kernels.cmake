# Compiles kernels/cuda under ROOT with NVCC for ARCHITECTURES (a list) to the fat binary OUT; what ptxas tells of
# registers and spills goes to REPORT.
get_filename_component(folder ${OUT} DIRECTORY)
file(MAKE_DIRECTORY ${folder})
list(GET ARCHITECTURES 0 first)
set(code -gencode arch=compute_${first},code=compute_${first})
foreach(architecture ${ARCHITECTURES})
  list(APPEND code -gencode arch=compute_${architecture},code=sm_${architecture})
endforeach()
execute_process(
  COMMAND ${NVCC} -fatbin -std=c++20 -O3 --expt-relaxed-constexpr --threads 2 -Werror all-warnings -Xptxas -v ${code}
          -I ${ROOT} ${ROOT}/kernels/cuda/all.cu -o ${OUT}
  OUTPUT_VARIABLE told ERROR_VARIABLE told RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${told}")
endif()
file(WRITE ${REPORT} "${told}")
