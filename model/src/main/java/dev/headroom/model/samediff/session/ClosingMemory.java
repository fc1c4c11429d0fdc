package dev.headroom.model.samediff.session;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.samediff.graph.Variable;
import java.util.LinkedHashMap;
import java.util.Map;

/** Closes each array as soon as it is released, and after a step all that are left. */
final class ClosingMemory implements ArrayMemory {
    private final ProgramRecorder recorder;
    private final Map<Variable, Integer> live = new LinkedHashMap<>();

    ClosingMemory(ProgramRecorder recorder) {
        this.recorder = recorder;
    }

    @Override
    public void allocate(Variable variable, Category category) {
        live.put(
                variable,
                recorder.allocate(category, variable.module(), variable.name(), variable.shape(), variable.type()));
    }

    @Override
    public void release(Variable variable) {
        Integer tensor = live.remove(variable);
        if (tensor != null) {
            recorder.free(tensor);
        }
    }

    @Override
    public void endStep() {
        live.values().forEach(recorder::free);
        live.clear();
    }
}
