package dev.headroom.model.pytorch.autograd;

import java.util.ArrayList;
import java.util.List;

/**
 * The local names of one running Python function. A tensor that has a name here lives until the frame closes, or until
 * its name is given to another value.
 */
public final class Frame implements AutoCloseable {
    private final Autograd autograd;
    private final boolean module;
    private final List<Tensor> names = new ArrayList<>(8);

    Frame(Autograd autograd, boolean module) {
        this.autograd = autograd;
        this.module = module;
    }

    /** Gives a value a name. */
    public Tensor let(Tensor value) {
        if (value.temporary) {
            value.temporary = false;
        } else {
            autograd.retain(value);
        }
        names.add(value);
        return value;
    }

    /** Gives the name of {@code old} to {@code value}: {@code x = f(x)}. */
    public Tensor replace(Tensor old, Tensor value) {
        let(value);
        drop(old);
        return value;
    }

    /** Ends a name before its frame closes. */
    public void drop(Tensor named) {
        remove(named);
        autograd.release(named);
    }

    /** Takes a name away to return its value: the caller gets it as a temporary, unless something else holds it too. */
    public Tensor returning(Tensor named) {
        remove(named);
        if (named.references == 1) {
            named.temporary = true;
        } else {
            autograd.release(named);
        }
        return named;
    }

    private void remove(Tensor named) {
        for (int i = names.size() - 1; i >= 0; i--) {
            if (names.get(i) == named) {
                names.remove(i);
                return;
            }
        }
        throw new IllegalStateException("no such name in this frame: " + named);
    }

    @Override
    public void close() {
        for (Tensor named : names) {
            autograd.release(named);
        }
        names.clear();
        if (module) {
            autograd.leaveModule();
        }
    }
}
