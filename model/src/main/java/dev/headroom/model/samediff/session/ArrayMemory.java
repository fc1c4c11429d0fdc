package dev.headroom.model.samediff.session;

import dev.headroom.model.program.Category;
import dev.headroom.model.samediff.graph.Variable;

/** Where a session gets the arrays of its operations from: ND4J's {@code SessionMemMgr}. */
interface ArrayMemory {
    /** An operation is about to write a variable. */
    void allocate(Variable variable, Category category);

    /** Nothing needs the array of a variable any more. */
    void release(Variable variable);

    /** A step is over; arrays that were never released stay behind. */
    void endStep();
}
