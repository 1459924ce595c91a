"""Motion from and to the files of other programs: mocap takes, tracked faces, mouth cues."""
