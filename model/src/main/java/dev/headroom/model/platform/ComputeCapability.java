package dev.headroom.model.platform;

/** A CUDA compute capability, such as 9.0 for Hopper. */
public record ComputeCapability(int major, int minor) implements Comparable<ComputeCapability> {
    public static final ComputeCapability AMPERE = new ComputeCapability(8, 0);
    public static final ComputeCapability HOPPER = new ComputeCapability(9, 0);

    /**
     * @throws IllegalArgumentException if {@code text} is not of the form {@code 9.0}
     */
    public static ComputeCapability parse(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException("compute capability (%s) must look like 9.0".formatted(text));
        }
        return new ComputeCapability(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    /** Most threads that one multiprocessor holds (CUDA C++ Programming Guide, technical specifications). */
    public int threadsPerMultiprocessor() {
        if (major == 7 && minor == 5) {
            return 1024;
        }
        return (major == 8 && minor > 0) || major == 12 ? 1536 : 2048;
    }

    public boolean atLeast(ComputeCapability other) {
        return compareTo(other) >= 0;
    }

    @Override
    public int compareTo(ComputeCapability other) {
        int byMajor = Integer.compare(major, other.major);
        return byMajor != 0 ? byMajor : Integer.compare(minor, other.minor);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
