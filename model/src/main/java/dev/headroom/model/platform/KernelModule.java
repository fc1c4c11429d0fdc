package dev.headroom.model.platform;

/** Kernels whose code a process loads only once a job runs them, beside those that every training job runs. */
public enum KernelModule {
    CUDNN_ATTENTION_FORWARD("cudnnAttentionForward", "cuDNN attention, forward"),
    CUDNN_ATTENTION_BACKWARD("cudnnAttentionBackward", "cuDNN attention, backward"),
    CUSOLVER_SVD("cusolverSvd", "cuSOLVER singular value decomposition");

    private final String id;
    private final String label;

    KernelModule(String id, String label) {
        this.id = id;
        this.label = label;
    }

    /** The key used in files. */
    public String id() {
        return id;
    }

    /** The words used in tables. */
    public String label() {
        return label;
    }
}
